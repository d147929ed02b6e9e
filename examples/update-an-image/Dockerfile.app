FROM localhost:5001/greet:stable
LABEL purpose="built on greet"
