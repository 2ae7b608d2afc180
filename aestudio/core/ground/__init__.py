"""What everything stands on: errors, events, folders, files that are whole or not there, the device."""
