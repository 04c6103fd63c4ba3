# Included by ui/CMakeLists.txt: .ts -> .qm -> :/translations. Custom commands belong to the folder of the target that uses them.
find_package(Qt6 REQUIRED COMPONENTS LinguistTools)
file(GLOB catalogues CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/translations/fedllm_*.ts)
set_source_files_properties(${catalogues} PROPERTIES OUTPUT_LOCATION ${CMAKE_BINARY_DIR}/translations)
qt_add_lrelease(fedllm_ui TS_FILES ${catalogues} QM_FILES_OUTPUT_VARIABLE compiled)
qt_add_resources(fedllm_ui translations PREFIX /translations BASE ${CMAKE_BINARY_DIR}/translations FILES ${compiled})
