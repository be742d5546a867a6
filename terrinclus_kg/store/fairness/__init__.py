"""Who may run, when, for how long, and what it costs them."""
