"""One screen a file: widgets and layout, no arithmetic. The only room that knows Streamlit."""
