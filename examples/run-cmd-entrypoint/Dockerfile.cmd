FROM alpine
RUN echo "RUN wrote this during the build" > /note.txt
CMD ["echo", "Hello, world"]
