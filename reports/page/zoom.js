// Zoom and pan of the viewer's stage: wheel, buttons, keys, dragging, two fingers.

const stage = byId("stage");
const LARGEST = 32;
const SHARP_FROM = 3; // screen pixels a picture's pixel, from which on it is shown as a square
const view = { scale: 1, x: 0, y: 0 };
const fingers = new Map();

function stageImages() {
  return [byId("under"), byId("over")];
}

function applyView() {
  const [width, height] = [stage.clientWidth, stage.clientHeight];
  const slack = (length) => (length * (view.scale - 1)) / 2;
  view.x = Math.max(-slack(width), Math.min(slack(width), view.x));
  view.y = Math.max(-slack(height), Math.min(slack(height), view.y));
  for (const image of stageImages()) {
    image.style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    const fitted = image.naturalWidth ? Math.min(width / image.naturalWidth, height / image.naturalHeight) : 1;
    image.classList.toggle("sharp", fitted * view.scale >= SHARP_FROM && view.scale > 1);
  }
  byId("zoom-value").textContent = Math.round(view.scale * 100) + " %";
  stage.classList.toggle("zoomed", view.scale > 1);
}

function resetView() {
  Object.assign(view, { scale: 1, x: 0, y: 0 });
  applyView();
}

// Zooms by a factor so that what is under a point of the screen stays there.
function zoomAt(factor, point) {
  const box = stage.getBoundingClientRect();
  const from = point || { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  const scale = Math.max(1, Math.min(LARGEST, view.scale * factor));
  const ratio = scale / view.scale;
  const [x, y] = [from.x - box.left - box.width / 2, from.y - box.top - box.height / 2];
  view.x = x - (x - view.x) * ratio;
  view.y = y - (y - view.y) * ratio;
  view.scale = scale;
  applyView();
}

const middle = (points) => ({
  x: points.reduce((sum, one) => sum + one.x, 0) / points.length,
  y: points.reduce((sum, one) => sum + one.y, 0) / points.length,
});
const spread = ([one, other]) => Math.hypot(one.x - other.x, one.y - other.y);

function moveFinger(event) {
  if (!fingers.has(event.pointerId)) {
    return;
  }
  const before = [...fingers.values()];
  fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  const after = [...fingers.values()];
  const [from, to] = [middle(before), middle(after)];
  view.x += to.x - from.x;
  view.y += to.y - from.y;
  if (after.length === 2 && spread(before) > 0) {
    zoomAt(spread(after) / spread(before), to);
  } else {
    applyView();
  }
}

function startZoom() {
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), { x: event.clientX, y: event.clientY });
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#divider") && fingers.size < 2) {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      stage.setPointerCapture(event.pointerId);
    }
  });
  stage.addEventListener("pointermove", moveFinger);
  for (const name of ["pointerup", "pointercancel"]) {
    stage.addEventListener(name, (event) => fingers.delete(event.pointerId));
  }
  stage.addEventListener("dblclick", (event) => {
    if (view.scale > 1) {
      resetView();
    } else {
      zoomAt(3, { x: event.clientX, y: event.clientY });
    }
  });
  byId("zoom-in").addEventListener("click", () => zoomAt(1.5));
  byId("zoom-out").addEventListener("click", () => zoomAt(1 / 1.5));
  byId("zoom-fit").addEventListener("click", resetView);
}
