"""How cost grows: Davit alone over files, locks, connections and bytes (--full)."""
def measure(fleet, options): return {}
def charts(options): pass
def markdown(options): return ""
