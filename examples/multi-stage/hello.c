#include <stdio.h>

int main(void)
{
    puts("Hello from a small image!");
    return 0;
}
