"""Fields with the outlines of their cells: panned and zoomed in the browser, without a word to the server."""
