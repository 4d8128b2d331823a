// Everything begins here, in the order in which it stands on the page.

function startPage() {
  readAddress();
  startTheme();
  startCopies();
  startTable();
  startTrials();
  startGrid();
  startViewer();
  addEventListener("hashchange", () => {
    if (location.hash.includes("=")) {
      readAddress();
      restoreTable();
      drawGrid();
      restoreViewer();
    }
  });
}

startPage();
