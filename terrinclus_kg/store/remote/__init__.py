"""Engines elsewhere: asked over HTTP in the place of our workers, and filled with a release."""
