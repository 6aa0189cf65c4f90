"""The window of Glassbox: Qt, and never a tensor on a device."""
