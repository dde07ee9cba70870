"""The report on paper: the one room that knows how a PDF is made."""
