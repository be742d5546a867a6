"""Full text and facets over a release: `build` writes its index, `index` answers from it."""
