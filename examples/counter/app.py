from pathlib import Path

from flask import Flask

app = Flask(__name__)
count = Path("data/visits")


@app.get("/")
def visit():
    count.parent.mkdir(exist_ok=True)
    visits = int(count.read_text()) + 1 if count.exists() else 1
    count.write_text(str(visits))
    return f"Visits: {visits}\n"
