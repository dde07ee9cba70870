"""Numbers and pictures without networks: numpy and small image libraries only, open to core as well."""
