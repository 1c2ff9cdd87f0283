/* What the compiler and the kernel expect of a C library. */
#include "string.h"

void *memcpy(void *to, const void *from, size_t size)
{
    for (size_t at = 0; at < size; at++)
        ((char *)to)[at] = ((const char *)from)[at];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    for (size_t at = 0; at < size; at++)
        ((char *)to)[at] = (char)byte;
    return to;
}

int memcmp(const void *one, const void *other, size_t size)
{
    for (size_t at = 0; at < size; at++)
        if (((const unsigned char *)one)[at] != ((const unsigned char *)other)[at])
            return ((const unsigned char *)one)[at] - ((const unsigned char *)other)[at];
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}
