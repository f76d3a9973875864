// Ops on u8 [n] that are at fault as their names say, but for `faultless`; and `shapes`, whose infer gives what cannot
// be.
#include <fovea_op.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char* const inputs[] = {"x", NULL};

static int same(const fovea_query* query) {
  query->output->dtype = query->inputs[0]->dtype;
  query->output->ndim = query->inputs[0]->ndim;
  memcpy(query->output->shape, query->inputs[0]->shape, sizeof query->output->shape);
  return FOVEA_OK;
}

static size_t elements(const fovea_tensor* t) {
  size_t count = 1;
  for (int k = 0; k < t->ndim; ++k) count *= (size_t)t->shape[k];
  return count;
}

static int faultless(const fovea_call* call) {
  memcpy(call->output->data, call->inputs[0]->data, elements(call->output));
  return FOVEA_OK;
}
// memset with a length that the compiler cannot see through.
static void fill(uint8_t* at, int value, volatile size_t count) {
  memset(at, value, count);
}
static int writes_behind(const fovea_call* call) {
  faultless(call);
  fill((uint8_t*)call->output->data + elements(call->output), 0, 12);
  return FOVEA_OK;
}
static int writes_before(const fovea_call* call) {
  faultless(call);
  fill((uint8_t*)call->output->data - 3, 0, 1);
  return FOVEA_OK;
}
static int writes_behind_input(const fovea_call* call) {
  faultless(call);
  fill((uint8_t*)call->inputs[0]->data + elements(call->inputs[0]), 0, 1);
  return FOVEA_OK;
}
static int changes_input(const fovea_call* call) {
  faultless(call);
  ++((uint8_t*)call->inputs[0]->data)[2];
  return FOVEA_OK;
}
static int leaves_holes(const fovea_call* call) {
  const uint8_t* from = call->inputs[0]->data;
  uint8_t* to = call->output->data;
  for (size_t k = 0; k < elements(call->output); ++k)
    if (k % 4 != 3) to[k] = from[k];
  return FOVEA_OK;
}
static int adds_to_output(const fovea_call* call) {
  const uint8_t* from = call->inputs[0]->data;
  uint8_t* to = call->output->data;
  for (size_t k = 0; k < elements(call->output); ++k) to[k] = (uint8_t)(k == 1 ? to[k] + from[k] : from[k]);
  return FOVEA_OK;
}
static int reads_behind_input(const fovea_call* call) {
  const volatile size_t one = 1;
  memcpy(call->output->data, (uint8_t*)call->inputs[0]->data + one, elements(call->output));
  return FOVEA_OK;
}
static int not_repeatable(const fovea_call* call) {
  static uint8_t count = 0;
  faultless(call);
  *(uint8_t*)call->output->data = ++count;
  return FOVEA_OK;
}
static int fails(const fovea_call* call) {
  const uint8_t status = *(const uint8_t*)call->inputs[0]->data;
  if (status != 9) memset(call->error, 'e', call->error_size);  // without the 0 at the end
  return status;
}

static const char* const kinds[] = {"negative", "huge", "dtype", "axes", "fewer_axes", "nothing", "fails", NULL};
static const fovea_param kind = {.size = sizeof(fovea_param),
                                 .name = "kind",
                                 .help = "what infer gives",
                                 .type = FOVEA_PARAM_TEXT,
                                 .fallback = {.text = "negative"},
                                 .choices = kinds};
static const fovea_param* const shape_params[] = {&kind, NULL};

static int shapes(const fovea_query* query) {
  const char* wanted = query->values[0].text;
  if (strcmp(wanted, "nothing") == 0) return FOVEA_OK;
  same(query);
  if (strcmp(wanted, "negative") == 0) query->output->shape[0] = -4;
  if (strcmp(wanted, "dtype") == 0) query->output->dtype = 13;
  if (strcmp(wanted, "axes") == 0) query->output->ndim = FOVEA_OP_MAX_NDIM + 1;
  if (strcmp(wanted, "fewer_axes") == 0) query->output->ndim = -1;
  if (strcmp(wanted, "huge") == 0) {
    query->output->ndim = 3;
    for (int k = 0; k < 3; ++k) query->output->shape[k] = INT64_C(1) << 31;
  }
  if (strcmp(wanted, "fails") == 0) {
    snprintf(query->error, query->error_size, "shapes: expected a reason");
    return FOVEA_INVALID_ARGUMENT;
  }
  return FOVEA_OK;
}

#define FAULT(NAME)                                            \
  static const fovea_op NAME##_op = {.size = sizeof(fovea_op), \
                                     .name = #NAME,            \
                                     .summary = "at fault",    \
                                     .inputs = inputs,         \
                                     .infer = same,            \
                                     .run_cpu = NAME};
FAULT(faultless)
FAULT(writes_behind)
FAULT(writes_before)
FAULT(writes_behind_input)
FAULT(changes_input)
FAULT(leaves_holes)
FAULT(adds_to_output)
FAULT(reads_behind_input)
FAULT(not_repeatable)
FAULT(fails)
static const fovea_op shapes_op = {.size = sizeof(fovea_op),
                                   .name = "shapes",
                                   .summary = "has no shape",
                                   .inputs = inputs,
                                   .params = shape_params,
                                   .infer = shapes,
                                   .run_cpu = faultless};

static const fovea_op* const ops[] = {
    &faultless_op,           &writes_behind_op, &writes_before_op,  &leaves_holes_op,
    &writes_behind_input_op, &changes_input_op, &adds_to_output_op, &reads_behind_input_op,
    &not_repeatable_op,      &fails_op,         &shapes_op,         NULL};
static const fovea_plugin plugin = {FOVEA_OP_ABI, sizeof(fovea_plugin), ops};

const fovea_plugin* fovea_op_plugin(void) {
  return &plugin;
}
