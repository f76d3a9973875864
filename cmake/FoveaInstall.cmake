include(CMakePackageConfigHelpers)

install(TARGETS fovea EXPORT fovea_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/fovea DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES include/fovea_op.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT fovea_targets NAMESPACE fovea:: FILE fovea_targets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
configure_package_config_file(cmake/fovea-config.cmake.in ${CMAKE_BINARY_DIR}/generated/fovea-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/generated/fovea-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/generated/fovea-config.cmake ${CMAKE_BINARY_DIR}/generated/fovea-config-version.cmake
        cmake/FoveaDependencies.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/fovea)
install(FILES LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
