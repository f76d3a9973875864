# libfovea_cuda.so: the portable bodies again, as CUDA, the tuned rows of src/ops/*.cu, and the entry. nvcc is called by
# itself: CMake 3.25 does not know that nvcc 13 takes C++20.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
find_program(NVCC nvcc HINTS /usr/local/cuda/bin REQUIRED)
cmake_path(GET NVCC PARENT_PATH cuda_bin)
cmake_path(GET cuda_bin PARENT_PATH cuda_root)
find_library(CUDART cudart_static HINTS ${cuda_root}/lib64 ${cuda_root}/targets/x86_64-linux/lib REQUIRED)
find_path(CUDNN_HEADERS cudnn.h HINTS ${cuda_root}/include)
find_path(CUDA_HEADERS cuda_runtime_api.h HINTS ${cuda_root}/include REQUIRED)

set(nvcc_flags -std=c++20 -O3 -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=[sm_90,compute_90]
  --extended-lambda --expt-relaxed-constexpr --Werror cross-execution-space-call,reorder
  -Xcompiler -fPIC,-fvisibility=hidden,-fvisibility-inlines-hidden,-ffp-contract=off
  -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src -I${CMAKE_BINARY_DIR}/generated/cuda)

# An object of one .cu; further arguments go to nvcc.
function(fovea_cuda_object source)
  cmake_path(GET source STEM stem)
  set(object ${CMAKE_BINARY_DIR}/cuda/${stem}.o)
  add_custom_command(OUTPUT ${object} DEPENDS ${source}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cuda
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/cuda_resources.py compile ${CMAKE_BINARY_DIR}/cuda/${stem}.resources
            ${NVCC} ${nvcc_flags} ${ARGN} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPFILE ${object}.d VERBATIM)
  set(objects ${objects} ${object} PARENT_SCOPE)
endfunction()

# Ops with a row for the device of the pass. Without fused multiply-adds, so that one body gives one result.
file(GLOB ops CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/ops/*.cpp)
set(leaves "")
foreach(op IN LISTS ops)
  file(STRINGS ${op} rows REGEX "pass_device")
  if(rows)
    cmake_path(GET op STEM stem)
    set(pass ${CMAKE_BINARY_DIR}/generated/cuda/${stem}.cu)
    file(CONFIGURE OUTPUT ${pass} CONTENT "#include \"ops/${stem}.cpp\"\n" @ONLY)
    fovea_cuda_object(${pass} --fmad=false)
    string(APPEND leaves "X(${stem})\n")
  endif()
endforeach()

file(GLOB tuned CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/ops/*.cu)
if(NOT CUDNN_HEADERS)
  list(FILTER tuned EXCLUDE REGEX "_cudnn\\.cu$")
endif()
foreach(source IN LISTS tuned)
  cmake_path(GET source STEM stem)
  fovea_cuda_object(${source})
  string(APPEND leaves "X(${stem})\n")
endforeach()

# The registry's code is compiled again with no leaves: the plug-in fills the registry of the program that opens it.
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/cuda/cuda_leaves.inc CONTENT "${leaves}" @ONLY)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/cuda/ops_leaves.inc CONTENT "" @ONLY)
fovea_cuda_object(${CMAKE_SOURCE_DIR}/src/ops/cuda/plugin.cu)
# Hold the declarations of the driver and of CUPTI to those of the toolkit, and the self-check's PTX to its assembler.
fovea_cuda_object(${CMAKE_SOURCE_DIR}/src/device/cuda/driver_check.cu)
find_path(CUPTI_HEADERS cupti.h HINTS ${cuda_root}/include ${cuda_root}/extras/CUPTI/include)
if(CUPTI_HEADERS)
  fovea_cuda_object(${CMAKE_SOURCE_DIR}/src/device/cuda/cupti_check.cu -I${CUPTI_HEADERS})
endif()
set(canary ${CMAKE_SOURCE_DIR}/src/device/cuda/canary.ptx)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/cuda/canary.cubin DEPENDS ${canary}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/cuda
  COMMAND ${cuda_bin}/ptxas -arch=sm_80 -o ${CMAKE_BINARY_DIR}/cuda/canary.cubin ${canary} VERBATIM)
set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
set(exports ${CMAKE_SOURCE_DIR}/src/ops/cuda/plugin.map)
add_library(fovea_cuda MODULE ${CMAKE_SOURCE_DIR}/src/ops/registry.cpp ${objects} ${CMAKE_BINARY_DIR}/cuda/canary.cubin)
target_include_directories(fovea_cuda PRIVATE ${CMAKE_BINARY_DIR}/generated/cuda ${CMAKE_SOURCE_DIR}/src)
target_link_libraries(fovea_cuda PRIVATE fovea fovea_flags ${CUDART} Threads::Threads dl rt)
target_link_options(fovea_cuda PRIVATE -Wl,-z,defs -Wl,--as-needed -Wl,--gc-sections -Wl,--version-script=${exports})
set_target_properties(fovea_cuda PROPERTIES LINK_DEPENDS ${exports} LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
