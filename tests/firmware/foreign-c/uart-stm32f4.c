/* USART2 of an STM32F4, polled, at the 16 MHz that the chip starts with (RM0090, 30.6). */
#include "uart.h"

#define RCC_AHB1ENR (*(volatile uint32_t *)0x40023830)
#define RCC_APB1ENR (*(volatile uint32_t *)0x40023840)
#define GPIOA_MODER (*(volatile uint32_t *)0x40020000)
#define GPIOA_AFRL (*(volatile uint32_t *)0x40020020)
#define USART2_SR (*(volatile uint32_t *)0x40004400)
#define USART2_DR (*(volatile uint32_t *)0x40004404)
#define USART2_BRR (*(volatile uint32_t *)0x40004408)
#define USART2_CR1 (*(volatile uint32_t *)0x4000440C)
#define SR_TXE (1u << 7)
#define CR1_UE (1u << 13)
#define CR1_TE (1u << 3)

void uart_init(void)
{
    RCC_AHB1ENR |= 1u << 0;                        /* GPIOA */
    RCC_APB1ENR |= 1u << 17;                       /* USART2 */
    GPIOA_AFRL = (GPIOA_AFRL & ~0xF00u) | 7u << 8; /* PA2: alternate function 7 */
    GPIOA_MODER = (GPIOA_MODER & ~0x30u) | 2u << 4;
    USART2_BRR = 8u << 4 | 11; /* 16 MHz / (16 * 8.6875) = 115,108 */
    USART2_CR1 = CR1_UE | CR1_TE;
}

void uart_byte(char byte)
{
    while (!(USART2_SR & SR_TXE))
        ;
    USART2_DR = (uint8_t)byte;
}
