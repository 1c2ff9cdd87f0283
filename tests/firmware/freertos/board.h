/* What the tasks need of a board. */
#include <stdint.h>

void board_init(void);
void board_byte(char byte);
/* Requests an interrupt, which comes before this returns, and calls board_interrupt. */
void board_request(void);
void board_interrupt(void);
_Noreturn void board_exit(int code);
