"""From sources to a published release: read, stamp, validate, infer, describe, publish."""
