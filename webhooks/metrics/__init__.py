"""The exported metrics: counted by workers (`attempts`), added up for the web process's `/metrics` (`slots`)."""
