"""What is drawn of a Reading: plain chart data here, renderers beside it (plotly for pages; paper comes later)."""
