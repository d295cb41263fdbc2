"""Know of objects and pairs what their motion does not say."""
