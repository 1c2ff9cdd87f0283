/* What the benchmark of the simulator runs. KIND: what it does; COUNT: how much of it; EVENT: cycles between two events. */
#include "mix.h"

int main(void)
{
#if KIND == MIX
#if EVENT
    events(EVENT);
#endif
    finish(work(COUNT));
#elif KIND == DEVICE
    device(COUNT);
    finish(0);
#elif KIND == SWITCHES || KIND == REGIONS
    switches(COUNT);
    finish(0);
#else
    idle(EVENT);
#endif
    return 0;
}
