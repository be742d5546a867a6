"""Processes that read what strangers wrote, and their walls: foreign RDF, update texts."""
