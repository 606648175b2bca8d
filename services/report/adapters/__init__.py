"""The engines that turn a report view into HTML, PDF and JPEG bytes."""
