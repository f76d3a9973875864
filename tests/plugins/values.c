// In C. values: what it was given, as f64: each parameter, the inputs' number and their sums over their strides.
#include <fovea_op.h>
#include <string.h>

static const char* const inputs[] = {"x", "extra?", NULL};
static const char* const modes[] = {"plain", "fancy", NULL};
static const double list[] = {1, 2};

static const fovea_param yes = {
    .size = sizeof(fovea_param), .name = "yes", .help = "a truth", .type = FOVEA_PARAM_BOOL};
static const fovea_param whole = {.size = sizeof(fovea_param),
                                  .name = "whole",
                                  .help = "an integer that must be given",
                                  .type = FOVEA_PARAM_INTEGER,
                                  .fallback = {.integer = 0},
                                  .min = 1,
                                  .max = 10};
static const fovea_param number = {.size = sizeof(fovea_param),
                                   .name = "number",
                                   .help = "a number",
                                   .type = FOVEA_PARAM_NUMBER,
                                   .fallback = {.number = 0.5}};
static const fovea_param mode = {.size = sizeof(fovea_param),
                                 .name = "mode",
                                 .help = "a choice",
                                 .type = FOVEA_PARAM_TEXT,
                                 .fallback = {.text = "plain"},
                                 .choices = modes};
static const fovea_param weights = {.size = sizeof(fovea_param),
                                    .name = "weights",
                                    .help = "numbers",
                                    .type = FOVEA_PARAM_LIST,
                                    .fallback = {.list = list, .count = 2},
                                    .min = -5,
                                    .max = 5};
static const fovea_param* const params[] = {&yes, &whole, &number, &mode, &weights, NULL};

static int infer(const fovea_query* query) {
  for (size_t k = 0; k < query->num_inputs; ++k)
    if (query->inputs[k]->dtype != FOVEA_F64) {
      strncpy(query->error, "expected inputs of f64", query->error_size);
      return FOVEA_INVALID_ARGUMENT;
    }
  query->output->dtype = FOVEA_F64;
  query->output->ndim = 1;
  query->output->shape[0] = (int64_t)(7 + query->num_inputs);
  return FOVEA_OK;
}

// Adds up the tensor from `data` on, axis by axis.
static double sum(const fovea_tensor* t, const double* data, int axis) {
  if (axis == t->ndim) return *data;
  double total = 0;
  for (int64_t k = 0; k < t->shape[axis]; ++k) total += sum(t, data + k * t->strides[axis], axis + 1);
  return total;
}

static int run(const fovea_call* call) {
  double* out = call->output->data;
  out[0] = (double)call->values[0].integer;
  out[1] = (double)call->values[1].integer;
  out[2] = call->values[2].number;
  out[3] = strcmp(call->values[3].text, "fancy") == 0;
  out[4] = (double)call->values[4].count;
  out[5] = 0;
  for (size_t k = 0; k < call->values[4].count; ++k) out[5] = 10 * out[5] + call->values[4].list[k];
  out[6] = (double)call->num_inputs;
  for (size_t k = 0; k < call->num_inputs; ++k) out[7 + k] = sum(call->inputs[k], call->inputs[k]->data, 0);
  return FOVEA_OK;
}

// Stands for work on a device, where there is none: leaves what it was given in the call's own memory.
static int run_cuda(const fovea_call* call) {
  double* out = call->output->data;
  out[0] = *(const double*)call->stream;
  out[1] = call->output->device == FOVEA_ON_CUDA ? call->output->device_index : -1;
  out[2] = call->parallel_for == NULL;
  return FOVEA_OK;
}

static const fovea_op values = {.size = sizeof(fovea_op),
                                .name = "values",
                                .summary = "what it was given",
                                .inputs = inputs,
                                .params = params,
                                .flags = FOVEA_OP_STRIDED,
                                .infer = infer,
                                .run_cpu = run,
                                .run_cuda = run_cuda};
static const fovea_op* const ops[] = {&values, NULL};
static const fovea_plugin plugin = {FOVEA_OP_ABI, sizeof(fovea_plugin), ops};

const fovea_plugin* fovea_op_plugin(void) {
  return &plugin;
}
