"""The REST API's bodies and names, on which the gateway and its clients agree."""
