"""Pure RDF: terms, prefixes, formats, IRIs, labels, query texts. No store, no HTTP."""
