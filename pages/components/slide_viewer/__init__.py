"""A whole slide in the browser: panned and zoomed by tiles, regions drawn on it, found cells on top."""
