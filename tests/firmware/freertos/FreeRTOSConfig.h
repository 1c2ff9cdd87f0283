/* Everything that the tasks of main.c use. The port's own lines are at the end. */
#ifndef FREERTOS_CONFIG_H
#define FREERTOS_CONFIG_H

#define configUSE_PREEMPTION 1
#define configUSE_TIME_SLICING 1
#define configTICK_RATE_HZ 1000
#define configTICK_TYPE_WIDTH_IN_BITS TICK_TYPE_WIDTH_32_BITS
#define configMAX_PRIORITIES 6
#define configMINIMAL_STACK_SIZE 96
#define configMAX_TASK_NAME_LEN 8
/* The smallest board has 16 KiB. A protected task has a second stack for calls of the kernel. */
#ifdef portUSING_MPU_WRAPPERS
#define configTOTAL_HEAP_SIZE 24576
#else
#define configTOTAL_HEAP_SIZE (9216 * sizeof(void *) / 4)
#endif
#define configAPPLICATION_ALLOCATED_HEAP 1
#define TASK_STACK 160
#define configSUPPORT_STATIC_ALLOCATION 0
#define configSUPPORT_DYNAMIC_ALLOCATION 1
#define configUSE_IDLE_HOOK 0
#define configUSE_TICK_HOOK 0
#define configUSE_MUTEXES 1
#define configUSE_RECURSIVE_MUTEXES 1
#define configUSE_COUNTING_SEMAPHORES 1
#define configUSE_TASK_NOTIFICATIONS 1
#define configUSE_TIMERS 1
#define configTIMER_TASK_PRIORITY 5
#define configTIMER_QUEUE_LENGTH 4
#define configTIMER_TASK_STACK_DEPTH 160
#define configCHECK_FOR_STACK_OVERFLOW 2
#define configUSE_TRACE_FACILITY 1
#define INCLUDE_vTaskDelete 1
#define INCLUDE_vTaskDelay 1
#define INCLUDE_xTaskDelayUntil 1
#define INCLUDE_vTaskSuspend 1
#define INCLUDE_uxTaskPriorityGet 1
#define INCLUDE_vTaskPrioritySet 1

/* Who runs next is noted. */
#ifdef TELL_SWITCHES
void switched_to(const char *name, uint32_t number);
#define traceTASK_SWITCHED_IN() switched_to(pxCurrentTCB->pcTaskName, pxCurrentTCB->uxTCBNumber)
#endif

_Noreturn void failed(const char *file, int line);
#define configASSERT(condition) ((condition) ? (void)0 : failed(__FILE__, __LINE__))

#ifdef __riscv
#define configMTIME_BASE_ADDRESS 0x0200bff8
#define configMTIMECMP_BASE_ADDRESS 0x02004000
#define configISR_STACK_SIZE_WORDS 200
#else
/* Three bits of priority are there on all of the boards; the kernel's own calls are masked from 0x40 on. */
#define configKERNEL_INTERRUPT_PRIORITY 0xe0
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0x40
#define configSYSTEM_CALL_STACK_SIZE 160
#define configPROTECTED_KERNEL_OBJECT_POOL_SIZE 16
#define configALLOW_UNPRIVILEGED_CRITICAL_SECTIONS 0
#define configENFORCE_SYSTEM_CALLS_FROM_KERNEL_ONLY 1
#define configENABLE_FPU HAS_FPU
#define configENABLE_MPU 0
#define configENABLE_TRUSTZONE 0
#define configRUN_FREERTOS_SECURE_ONLY 1
#define vPortSVCHandler SVC_Handler
#define xPortPendSVHandler PendSV_Handler
#define xPortSysTickHandler SysTick_Handler
#endif

#endif
