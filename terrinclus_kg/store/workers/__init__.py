"""Our own engine: disposable processes that answer queries over a release."""
