"""Processes for one job, how they speak, and the walls around what strangers wrote: foreign RDF, update texts."""
