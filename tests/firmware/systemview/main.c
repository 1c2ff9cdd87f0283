/* A scenario by SEGGER's own encoder. The bytes of its RTT channel come out of the console in hexadecimal digits: they are
   tracer/tests/systemview/scenario.SVDat, and tracer/tests/systemview.rs says what they mean. */
#include <stdint.h>

#include "SEGGER_RTT.h"
#include "SEGGER_SYSVIEW.h"
#include "kernel.h"
#include "uart.h"

unsigned now, handler;

void SVC_Handler(void) {}
void PendSV_Handler(void) {}
void SysTick_Handler(void) {}

/* What a host does: takes what is in the channel. */
static void drain(void)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[64];
    unsigned count;
    while ((count = SEGGER_RTT_ReadUpBufferNoLock(SEGGER_SYSVIEW_GetChannelID(), bytes, sizeof bytes)) > 0) {
        for (unsigned at = 0; at < count; at++) {
            uart_byte(digits[bytes[at] >> 4]);
            uart_byte(digits[bytes[at] & 15]);
        }
        uart_byte('\n');
    }
}

static void describe(void)
{
    SEGGER_SYSVIEW_SendSysDesc("N=Scenario,O=FreeRTOS,D=Cortex-M3");
    SEGGER_SYSVIEW_SendSysDesc("I#15=SysTick");
}

#define CONTROL 0x20000100
#define LOG 0x20000200

static void create(uint32_t id, const char *name, uint32_t priority, uint32_t stack, uint32_t used)
{
    const SEGGER_SYSVIEW_TASKINFO info = {
        .TaskID = id, .sName = name, .Prio = priority, .StackBase = 0x20001000, .StackSize = stack, .StackUsage = used};
    SEGGER_SYSVIEW_OnTaskCreate(id);
    SEGGER_SYSVIEW_SendTaskInfo(&info);
}

int main(void)
{
    uart_init();
    now = 1000;
    SEGGER_SYSVIEW_Init(1000000, 25000000, 0, describe);
    SEGGER_SYSVIEW_SetRAMBase(0x20000000);
    SEGGER_SYSVIEW_Start();
    SEGGER_SYSVIEW_NameMarker(1, "filter");
    now = 1100, create(CONTROL, "control", 5, 1024, 256);
    now = 1200, create(LOG, "log", 2, 512, 0);
    now = 1300, SEGGER_SYSVIEW_OnTaskStartReady(CONTROL), SEGGER_SYSVIEW_OnTaskStartReady(LOG);
    now = 1400, SEGGER_SYSVIEW_OnTaskStartExec(CONTROL);
    now = 1500, SEGGER_SYSVIEW_MarkStart(1);
    now = 1600, SEGGER_SYSVIEW_MarkStop(1);
    now = 1700, SEGGER_SYSVIEW_OnTaskStopReady(CONTROL, 4);
    now = 1800, SEGGER_SYSVIEW_OnTaskStartExec(LOG);
    handler = 15;
    now = 1900, SEGGER_SYSVIEW_RecordEnterISR();
    now = 1950, SEGGER_SYSVIEW_OnTaskStartReady(CONTROL);
    now = 2000, SEGGER_SYSVIEW_RecordExitISRToScheduler();
    now = 2010, SEGGER_SYSVIEW_OnTaskStartExec(CONTROL);
    now = 2100, SEGGER_SYSVIEW_Print("hello");
    now = 2150, SEGGER_SYSVIEW_RecordU32(600, 70000);
    now = 2200, SEGGER_SYSVIEW_HeapDefine((void *)0x20002000, (void *)0x20002000, 4096, 0);
    now = 2210, SEGGER_SYSVIEW_HeapAlloc((void *)0x20002000, (void *)0x20002040, 64);
    now = 2220, SEGGER_SYSVIEW_HeapFree((void *)0x20002000, (void *)0x20002040);
    now = 2300, SEGGER_SYSVIEW_OnTaskStopReady(CONTROL, 4);
    now = 2310, SEGGER_SYSVIEW_OnTaskStartExec(LOG);
    handler = 16;
    now = 2350, SEGGER_SYSVIEW_RecordEnterISR();
    now = 2360, SEGGER_SYSVIEW_RecordExitISR();
    now = 2400, SEGGER_SYSVIEW_OnTaskStopReady(LOG, 4);
    now = 2410, SEGGER_SYSVIEW_OnIdle();
    drain();
    /* More than the channel holds, twice. */
    for (int round = 0; round < 2; round++) {
        now = 3000 + 1000 * round;
        for (int mark = 0; mark < 300; mark++)
            SEGGER_SYSVIEW_Mark(2);
        drain();
        now += 500;
        SEGGER_SYSVIEW_OnIdle();
    }
    now = 5000, SEGGER_SYSVIEW_OnTaskStartReady(LOG);
    now = 5010, SEGGER_SYSVIEW_OnTaskStartExec(LOG);
    now = 5100, SEGGER_SYSVIEW_OnTaskTerminate(LOG), SEGGER_SYSVIEW_OnTaskStopExec();
    now = 5200, SEGGER_SYSVIEW_OnIdle();
    SEGGER_SYSVIEW_Stop();
    drain();
    uart_text("end\n");
    for (;;)
        ;
}
