/* SystemView with a clock that the scenario sets: the same bytes on every run. */
#ifndef SEGGER_SYSVIEW_CONF_H
#define SEGGER_SYSVIEW_CONF_H

extern unsigned now, handler;
#define SEGGER_SYSVIEW_GET_TIMESTAMP() now
#define SEGGER_SYSVIEW_GET_INTERRUPT_ID() handler
#define SEGGER_SYSVIEW_RTT_BUFFER_SIZE 1024

#endif
