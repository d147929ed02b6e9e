from flask import Flask
from redis import Redis

app = Flask(__name__)
redis = Redis(host="redis")


@app.get("/")
def visit():
    return f"Visits: {redis.incr('visits')}\n"
