"""Files of a case that leave the house: made at once, recorded when filed, checked when they return."""
