/* Tasks that use what FreeRTOS offers, and say what came of it: the same text wherever it runs, since nothing that is said
   depends on how long an instruction takes. */
#include "FreeRTOS.h"
#include "event_groups.h"
#include "queue.h"
#include "semphr.h"
#include "stream_buffer.h"
#include "task.h"
#include "timers.h"

#include "board.h"

/* Outside what is only the kernel's: stacks of tasks come from here. */
uint8_t ucHeap[configTOTAL_HEAP_SIZE] __attribute__((aligned(32)));

static void say(const char *text)
{
    while (*text)
        board_byte(*text++);
}

static void say_number(const char *what, uint32_t number)
{
    char digits[12], *at = digits + sizeof digits;
    *--at = 0;
    *--at = '\n';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    say(what);
    say(at);
}

_Noreturn void failed(const char *file, int line)
{
    say(file);
    say_number(": failed in line ", (uint32_t)line);
    board_exit(1);
}

#ifdef TELL_SWITCHES
/* A switch is no place to print: who ran is told at the end. The number is the kernel's count of tasks that were made. */
static struct {
    char name[configMAX_TASK_NAME_LEN];
    uint32_t number;
} switches[8192];
static uint32_t switched;

void switched_to(const char *name, uint32_t number)
{
    if ((switched && switches[switched - 1].number == number) || switched == sizeof switches / sizeof switches[0])
        return;
    for (uint32_t at = 0; at < configMAX_TASK_NAME_LEN; at++)
        switches[switched].name[at] = name[at];
    switches[switched++].number = number;
}

static void tell_switches(void)
{
    const uint32_t count = switched;
    for (uint32_t at = 0; at < count; at++) {
        say("switch to ");
        say(switches[at].name);
        say_number(" ", switches[at].number);
    }
}
#endif

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
    (void)task;
    say(name);
    failed(__FILE__, __LINE__);
}

/* The task of all tests. */
static TaskHandle_t waiter;

/* Who is done says so, and waits to be deleted. */
static void end(void)
{
    xTaskNotifyGive(waiter);
    vTaskSuspend(NULL);
}

static void wait_for_end(TaskHandle_t handle)
{
    ulTaskNotifyTake(pdFALSE, portMAX_DELAY);
    vTaskDelete(handle);
}

#if portUSING_MPU_WRAPPERS
/* An unprivileged task: its stack and this program's variables are all that it may write. */
static void begin(TaskFunction_t task, const char *name, uint32_t priority, void *argument, TaskHandle_t *handle)
{
    extern uint32_t __variables_start__[];
    static StackType_t stacks[4][256] __attribute__((aligned(1024)));
    static uint32_t next;
    const TaskParameters_t parameters = {
        .pvTaskCode = task,
        .pcName = name,
        .usStackDepth = 256,
        .pvParameters = argument,
        .uxPriority = priority,
        .puxStackBuffer = stacks[next++ % 4],
        .xRegions = {{__variables_start__, 65536, portMPU_REGION_READ_WRITE | portMPU_REGION_EXECUTE_NEVER}},
    };
    configASSERT(xTaskCreateRestricted(&parameters, handle) == pdPASS);
}
#else
static void begin(TaskFunction_t task, const char *name, uint32_t priority, void *argument, TaskHandle_t *handle)
{
    configASSERT(xTaskCreate(task, name, TASK_STACK, argument, priority, handle) == pdPASS);
}
#endif

/* Two tasks of one priority share the core by time slices, and each has its floating-point registers for itself. */
static EventGroupHandle_t done;

static void series(void *argument)
{
    const uint32_t number = (uint32_t)(uintptr_t)argument;
    volatile float step = (float)(number + 1);
    float sums[8] = {0};
    for (uint32_t round = 0; round < 3000; round++)
        for (uint32_t index = 0; index < 8; index++)
            sums[index] = sums[index] * 0.5f + step * (float)(index + 1);
    /* The limit of s = s / 2 + d is 2 d, which is reached exactly. */
    for (uint32_t index = 0; index < 8; index++)
        configASSERT(sums[index] == 2 * step * (float)(index + 1));
    xEventGroupSetBits(done, 1u << number);
    end();
}

static void time_slices(void)
{
    TaskHandle_t handles[3];
    done = xEventGroupCreate();
    for (uintptr_t number = 0; number < 3; number++)
        begin(series, "series", 1, (void *)number, &handles[number]);
    say_number("time slices, floating point: ", xEventGroupWaitBits(done, 7, pdTRUE, pdTRUE, portMAX_DELAY));
    for (uint32_t number = 0; number < 3; number++)
        ulTaskNotifyTake(pdFALSE, portMAX_DELAY);
    for (uint32_t number = 0; number < 3; number++)
        vTaskDelete(handles[number]);
}

/* A queue of four between a slow producer and a fast consumer, and the other way round. */
static QueueHandle_t queue;

static void producer(void *argument)
{
    const uint32_t pause = (uint32_t)(uintptr_t)argument;
    for (uint32_t item = 1; item <= 100; item++) {
        configASSERT(xQueueSend(queue, &item, portMAX_DELAY) == pdPASS);
        if (pause && item % 10 == 0)
            vTaskDelay(pause);
    }
    end();
}

static void queues(void)
{
    queue = xQueueCreate(4, sizeof(uint32_t));
    for (uintptr_t pause = 0; pause < 3; pause += 2) {
        uint32_t sum = 0, item;
        TaskHandle_t handle;
        begin(producer, "produce", pause ? 3 : 1, (void *)pause, &handle);
        for (uint32_t count = 1; count <= 100; count++) {
            configASSERT(xQueueReceive(queue, &item, portMAX_DELAY) == pdPASS);
            configASSERT(item == count);
            sum += item;
        }
        say_number("queue: ", sum);
        wait_for_end(handle);
    }
    uint32_t item;
    TickType_t before = xTaskGetTickCount();
    configASSERT(xQueueReceive(queue, &item, 7) == errQUEUE_EMPTY);
    say_number("queue, time-out: ", xTaskGetTickCount() - before);
}

/* The owner of a mutex has the priority of who waits for it. */
static SemaphoreHandle_t mutex;

static void owner(void *argument)
{
    (void)argument;
    xSemaphoreTake(mutex, portMAX_DELAY);
    while (uxTaskPriorityGet(NULL) == 1)
        ;
    say_number("mutex, priority of its owner: ", uxTaskPriorityGet(NULL));
    xSemaphoreGive(mutex);
    say_number("mutex, and behind: ", uxTaskPriorityGet(NULL));
    end();
}

static void mutexes(void)
{
    TaskHandle_t handle;
    mutex = xSemaphoreCreateMutex();
    begin(owner, "owner", 1, NULL, &handle);
    vTaskDelay(2);
    configASSERT(xSemaphoreTake(mutex, portMAX_DELAY) == pdPASS);
    xSemaphoreGive(mutex);
    wait_for_end(handle);
}

/* A timer ten times, whose callback notifies. */
static void expired(TimerHandle_t timer)
{
    (void)timer;
    xTaskNotifyGive(waiter);
}

static void timers(void)
{
    TimerHandle_t timer = xTimerCreate("five", 5, pdTRUE, NULL, expired);
    TickType_t before = xTaskGetTickCount();
    configASSERT(xTimerStart(timer, portMAX_DELAY) == pdPASS);
    for (uint32_t count = 0; count < 10; count++)
        configASSERT(ulTaskNotifyTake(pdFALSE, portMAX_DELAY) == 1);
    say_number("timer, ten times five ticks: ", xTaskGetTickCount() - before);
    xTimerDelete(timer, portMAX_DELAY);
}

static void periods(void)
{
    TickType_t start = xTaskGetTickCount(), next = start;
    for (uint32_t count = 0; count < 20; count++)
        xTaskDelayUntil(&next, 3);
    say_number("period, twenty times three ticks: ", xTaskGetTickCount() - start);
}

/* Bytes through a stream to a task that takes them seven at a time. */
static StreamBufferHandle_t stream;

static void reader(void *argument)
{
    uint32_t hash = 0;
    (void)argument;
    for (uint32_t count = 0; count < 700;) {
        uint8_t bytes[7];
        size_t size = xStreamBufferReceive(stream, bytes, sizeof bytes, portMAX_DELAY);
        for (size_t index = 0; index < size; index++, count++)
            hash = hash * 31 + bytes[index];
    }
    say_number("stream: ", hash);
    end();
}

static void streams(void)
{
    TaskHandle_t handle;
    stream = xStreamBufferCreate(32, 7);
    begin(reader, "reader", 3, NULL, &handle);
    for (uint32_t count = 0; count < 700; count++) {
        uint8_t byte = (uint8_t)(count * 7);
        configASSERT(xStreamBufferSend(stream, &byte, 1, portMAX_DELAY) == 1);
    }
    wait_for_end(handle);
}

/* An interrupt gives, and the task that waits is the next to run. */
static SemaphoreHandle_t given;
static uint32_t order;

void board_interrupt(void)
{
    BaseType_t woken = pdFALSE;
    order = order * 10 + 1;
    xSemaphoreGiveFromISR(given, &woken);
    portYIELD_FROM_ISR(woken);
}

static void taker(void *argument)
{
    (void)argument;
    for (;;) {
        xSemaphoreTake(given, portMAX_DELAY);
        order = order * 10 + 2;
    }
}

static void interrupts(void)
{
    TaskHandle_t handle;
    given = xSemaphoreCreateCounting(5, 0);
    begin(taker, "taker", 4, NULL, &handle);
    for (uint32_t count = 0; count < 3; count++) {
        board_request();
        order = order * 10 + 3;
    }
    say_number("interrupt, task, behind: ", order);
    vTaskDelete(handle);
}

static void all(void *argument)
{
    (void)argument;
    waiter = xTaskGetCurrentTaskHandle();
    time_slices();
    queues();
    mutexes();
    timers();
    periods();
    streams();
    interrupts();
    say("done\n");
#ifdef TELL_SWITCHES
    tell_switches();
#endif
    board_exit(0);
}

int main(void)
{
    board_init();
    configASSERT(xTaskCreate(all, "all", TASK_STACK, NULL, 2 | portPRIVILEGE_BIT, NULL) == pdPASS);
    vTaskStartScheduler();
    failed(__FILE__, __LINE__);
}
