"""What everything stands on: texts, errors, the log, folders, files that are whole or not there, the device."""
