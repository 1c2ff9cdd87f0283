/* The mix: checksums, matrices, a linked list and a state machine, as CoreMark has them, in code of our own.
 * It touches no device. What it returns depends on every result, so that nothing is left out by the compiler. */
#include "mix.h"

#define ROWS 12
#define NODES 64

static uint32_t crc32(const uint8_t *bytes, uint32_t len, uint32_t crc)
{
    while (len--) {
        crc ^= *bytes++;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    }
    return crc;
}

static int32_t left[ROWS][ROWS], right[ROWS][ROWS], product[ROWS][ROWS];

static uint32_t matrices(uint32_t seed)
{
    uint32_t sum = 0;
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++) {
            left[row][column] = (int32_t)(seed + (uint32_t)(row * column));
            right[row][column] = (int32_t)(seed ^ (uint32_t)(row + column));
        }
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < ROWS; column++) {
            int32_t value = 0;
            for (int k = 0; k < ROWS; k++)
                value += left[row][k] * right[k][column];
            product[row][column] = value;
            sum += (uint32_t)value;
        }
    return sum;
}

struct node {
    struct node *next;
    uint16_t key, data;
};

static struct node nodes[NODES];

/* Insertion sort by key, then a search for each key. */
static uint32_t list(uint32_t seed)
{
    struct node *head = 0;
    uint32_t sum = 0;
    for (int i = 0; i < NODES; i++) {
        struct node *node = &nodes[i], **place = &head;
        seed = seed * 1664525u + 1013904223u;
        node->key = (uint16_t)(seed >> 16);
        node->data = (uint16_t)i;
        while (*place && (*place)->key < node->key)
            place = &(*place)->next;
        node->next = *place;
        *place = node;
    }
    for (struct node *node = head; node; node = node->next)
        sum = sum * 31 + node->data;
    return sum;
}

enum state { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID };

/* Which kind of number each word of a text is. */
static uint32_t machine(const char *text)
{
    uint32_t counts[INVALID + 1] = {0};
    enum state state = START;
    for (; *text; text++) {
        char c = *text;
        switch (state) {
        case START:
            state = c == '+' || c == '-' ? SIGN : c >= '0' && c <= '9' ? INTEGER : c == ' ' ? START : INVALID;
            break;
        case SIGN:
            state = c >= '0' && c <= '9' ? INTEGER : INVALID;
            break;
        case INTEGER:
            state = c == '.' ? FRACTION : c == 'e' ? EXPONENT : c >= '0' && c <= '9' ? INTEGER : c == ' ' ? START : INVALID;
            break;
        case FRACTION:
            state = c == 'e' ? EXPONENT : c >= '0' && c <= '9' ? FRACTION : c == ' ' ? START : INVALID;
            break;
        case EXPONENT:
            state = c >= '0' && c <= '9' ? EXPONENT : c == ' ' ? START : INVALID;
            break;
        case INVALID:
            state = c == ' ' ? START : INVALID;
            break;
        }
        counts[state]++;
    }
    return crc32((const uint8_t *)counts, sizeof counts, 0);
}

uint32_t work(uint32_t rounds)
{
    static const char text[] = "12 -5 +3.14 2.71e10 x9 77.0 1e5 --1 600 0.25e3 9z 42 ";
    uint32_t result = 0xffffffffu;
    while (rounds--) {
        result = crc32((const uint8_t *)product, sizeof product, result);
        result ^= matrices(result);
        result += list(result);
        result ^= machine(text);
    }
    return result;
}
