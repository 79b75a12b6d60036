# filled in with the package configuration
