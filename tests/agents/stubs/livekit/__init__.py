# livekit: the names that LiveKit publishes and our adapter uses, with just enough behind them to be tested.
