// Each case is refused for one reason.
#include <fovea_op.h>

static int infer(const fovea_query* query) {
  (void)query;
  return FOVEA_FAILED;
}
static int run(const fovea_call* call) {
  (void)call;
  return FOVEA_FAILED;
}

// Not static, for not every case uses both.
#define OP(NAME) \
  { .size = sizeof(fovea_op), .name = NAME, .summary = "never runs", .infer = infer, .run_cpu = run }
const fovea_op good = OP("refused_good");
#if defined(CASE_taken)
const fovea_op bad = OP("flip");
#elif defined(CASE_function)
const fovea_op bad = OP("sqrt");
#elif defined(CASE_twice)
const fovea_op bad = OP("refused_good");
#else
const fovea_op bad = OP("Refused");
#endif

#if defined(CASE_no_ops)
static const fovea_op* const ops[] = {NULL};
#elif defined(CASE_taken) || defined(CASE_function) || defined(CASE_twice) || defined(CASE_second_bad)
static const fovea_op* const ops[] = {&good, &bad, NULL};
#else
static const fovea_op* const ops[] = {&good, NULL};
#endif

static const fovea_plugin plugin = {
#if defined(CASE_newer)
    FOVEA_OP_ABI + 1, sizeof(fovea_plugin), ops
#elif defined(CASE_older)
    FOVEA_OP_ABI - 1, sizeof(fovea_plugin), ops
#elif defined(CASE_small)
    FOVEA_OP_ABI, sizeof(fovea_plugin) - 1, ops
#else
    FOVEA_OP_ABI, sizeof(fovea_plugin), ops
#endif
};

#if defined(CASE_unresolved)
int nowhere_to_be_found(void);
const fovea_plugin* fovea_op_plugin(void) {
  return nowhere_to_be_found() ? &plugin : NULL;
}
#elif defined(CASE_dependency)
int absent(void);
const fovea_plugin* fovea_op_plugin(void) {
  return absent() ? &plugin : NULL;
}
#elif defined(CASE_null_entry)
const fovea_plugin* fovea_op_plugin(void) {
  return plugin.size ? NULL : &plugin;
}
#elif defined(CASE_no_entry)
FOVEA_OP_EXPORT const fovea_plugin* another_entry(void);
const fovea_plugin* another_entry(void) {
  return &plugin;
}
#else
const fovea_plugin* fovea_op_plugin(void) {
  return &plugin;
}
#endif
