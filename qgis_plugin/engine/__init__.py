"""The engine as a child process. Of QGIS only the translation of sentences, which leave as exceptions."""
