"""The parts of a contact sheet: layout, geometry, letters and thumbnails."""
