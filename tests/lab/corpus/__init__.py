"""The whole memory of real guests under load, captured at four moments. See README.md."""
