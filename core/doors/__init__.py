"""The store's smaller doors, one a subject: what goes through each, and the protocol of who keeps it."""
