"""Query texts: what the guard lets pass, what the engine's complaints mean, and what SERVICE may call."""
