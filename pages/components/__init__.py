"""What screens share: notices, cards, the field, the cells, run progress; every session key; the cached store."""
