"""``python -m shared.messaging.relay``: a relay process."""

from shared.messaging.relay.process import main

if __name__ == "__main__":
    main()
