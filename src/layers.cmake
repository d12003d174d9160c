# Layers as targets. Each folder of src/ is a static library that sees only its own headers and those
# of the layers it links: its include root is a folder that holds one link, named like the layer. So
# `#include "server/server.hpp"` does not resolve in a layer that may not use the server.

add_library(baton_flags INTERFACE)
target_compile_options(baton_flags INTERFACE -Wall -Wextra -Wpedantic -Werror)
target_compile_definitions(baton_flags INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_REGEX)
if(BATON_SANITIZE)
  target_compile_options(baton_flags INTERFACE -fsanitize=${BATON_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(baton_flags INTERFACE -fsanitize=${BATON_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's manual warns of it: instrumented code makes this warning see ghosts.
    target_compile_options(baton_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND BATON_SANITIZE MATCHES "undefined")
    # Clang 14 cannot assemble what this check makes of a coroutine.
    target_compile_options(baton_flags INTERFACE -fno-sanitize=function)
  endif()
  if(BATON_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences: GCC says that TSan does not see them; it uses them only where mutexes order too.
    target_compile_options(baton_flags INTERFACE -Wno-tsan)
  endif()
endif()

# Several files in one compilation read Boost once: the presets of sanitizers build the libraries in a third of the
# time. It takes no two files of a layer that name a function of their own alike.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The frame of a coroutine holds what its file keeps to itself; that file is then not the one compiled.
  target_compile_options(baton_flags INTERFACE -Wno-subobject-linkage)
endif()

# The public headers.
add_library(baton_api INTERFACE)
target_include_directories(baton_api INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(baton_api INTERFACE Boost::headers Threads::Threads)

# baton_layer(NAME [LINKS layer or library...])
function(baton_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  if(NOT sources)
    add_library(baton_${name} INTERFACE)
    return()
  endif()
  add_library(baton_${name} STATIC ${sources})
  set(root ${CMAKE_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${name} ${root}/${name} SYMBOLIC)
  target_include_directories(baton_${name} PUBLIC ${root})
  target_link_libraries(baton_${name} PUBLIC baton_api ${ARG_LINKS} PRIVATE baton_flags)
endfunction()
