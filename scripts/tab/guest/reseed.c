/* Has the kernel take its random numbers from what was written to /dev/urandom, now: by itself it
   would a minute later, and until then all readers, who restore one state, would have the same.
   It needs no C library. See RNDRESEEDCRNG in drivers/char/random.c of Linux 6.1. */

enum { EXIT = 1, OPEN = 5, IOCTL = 54, RNDRESEEDCRNG = 0x5207 };

static int call(int number, int first, int second) {
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second) : "memory");
  return result;
}

void _start(void) {
  int file = call(OPEN, (int)"/dev/urandom", 0);
  call(EXIT, call(IOCTL, file, RNDRESEEDCRNG) != 0, 0);
}
