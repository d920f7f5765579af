"""One module a layer: settings -> components -> contract."""
